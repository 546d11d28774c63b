import { afterEach, describe, expect, it } from '@jest/globals';
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node';
import { seededRandom } from './testing-random.js';
import { inScope } from './scope.js';
import { formatTraceparent, parseTraceparent, traceparentFrom } from './traceparent.js';
import { currentTraceparent, startTracing, withSpan, type Tracing } from './tracing.js';
