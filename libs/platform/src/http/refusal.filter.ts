// Gives errors of HTTP routes their one form; errors of GraphQL fields pass on to the GraphQL edge, which has its own.
import { Catch, HttpException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { rejected, Rejection } from '@kari/kernel';
import type { Logger } from '@kari/platform/telemetry';
import type { Response } from 'express';
import { answerRejection, asRejection } from './refusal.js';

@Catch()
export class RefusalFilter implements ExceptionFilter {
  constructor(private readonly logger: Logger) {}

  catch(error: unknown, host: ArgumentsHost): unknown {
    if (host.getType<string>() === 'graphql') return error;
    const response = host.switchToHttp().getResponse<Response>();
    if (response.headersSent) return undefined;
    if (error instanceof HttpException) {
      answerRejection(response, httpRejection(error), error.getStatus());
      return undefined;
    }
    if (!(error instanceof Rejection)) this.logger.error({ error }, 'an HTTP route failed');
    answerRejection(response, asRejection(error));
    return undefined;
  }
}

function httpRejection(error: HttpException): Rejection {
  if (error.getStatus() === 404) return rejected('REQUEST_NOT_FOUND', { thing: 'page', id: 'at this address' });
  if (error.getStatus() >= 500) return rejected('REQUEST_FAILED');
  return rejected('REQUEST_MALFORMED', { reason: 'the route does not accept it' });
}
