// Reads a JSON body within limits of size and nesting. Nothing else is read: forms and plain text are what a foreign page can send unasked.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { rejected } from '@kari/kernel';
import express from 'express';
import type { ErrorRequestHandler, RequestHandler } from 'express';
import { answerRejection } from './refusal.js';

const DEEPEST = 64;

/** Mounted before the routes that read JSON. Answers 413, 415 or 400 itself. */
export function jsonBody(limitBytes: number): readonly [RequestHandler, RequestHandler, ErrorRequestHandler] {
  const read = express.json({ limit: limitBytes, type: isJson, strict: true, inflate: false, verify: refuseDeepNesting });
  return [refuseOtherMedia, read, answerReadError(limitBytes)];
}

const refuseOtherMedia: RequestHandler = (request, response, next) => {
  if (request.method !== 'POST' || isJson(request)) return next();
  answerRejection(response, rejected('REQUEST_MEDIA_TYPE', { type: essence(request) ?? 'none' }), 415);
};

function answerReadError(limitBytes: number): ErrorRequestHandler {
  return (error: unknown, _request, response, next) => {
    if (response.headersSent) return next(error);
    const status = (error as { status?: number }).status ?? 400;
    if (status === 413) return answerRejection(response, rejected('REQUEST_TOO_LARGE', { limit: limitBytes }), 413);
    if (status === 415) return answerRejection(response, rejected('REQUEST_MEDIA_TYPE', { type: 'that encoding' }), 415);
    answerRejection(response, rejected('REQUEST_MALFORMED', { reason: 'the body is not valid JSON' }), 400);
  };
}

function isJson(request: IncomingMessage): boolean {
  const type = essence(request);
  return type === 'application/json' || type === 'application/graphql-response+json';
}

function essence(request: IncomingMessage): string | null {
  const [type, ...parameters] = (request.headers['content-type'] ?? '').split(';');
  const charset = parameters.map((parameter) => parameter.trim().toLowerCase()).find((parameter) => parameter.startsWith('charset='));
  if (charset !== undefined && !/^charset="?utf-?8"?$/.test(charset)) return null;
  return type?.trim().toLowerCase() || null;
}

function refuseDeepNesting(_request: IncomingMessage, _response: ServerResponse, raw: Buffer): void {
  if (isNestedTooDeep(raw)) throw new Error('nested too deep');
}

/** Parsers survive deep nesting, walkers of the parsed value do not. Says nothing about validity. */
export function isNestedTooDeep(raw: Buffer): boolean {
  let depth = 0;
  let quoted = false;
  for (let index = 0; index < raw.length; index += 1) {
    const byte = raw[index];
    if (quoted) {
      if (byte === 0x5c) index += 1;
      else if (byte === 0x22) quoted = false;
    } else if (byte === 0x22) quoted = true;
    else if (byte === 0x7b || byte === 0x5b) {
      depth += 1;
      if (depth > DEEPEST) return true;
    } else if (byte === 0x7d || byte === 0x5d) depth -= 1;
  }
  return false;
}
