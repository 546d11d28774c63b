// The one place where a request becomes a proven caller. A refusal leaves an audit entry before it is answered: who tried is not known, that and why is.
import { Inject, Injectable } from '@nestjs/common';
import { AUDIT, PLATFORM_TENANT, Rejection, type Audit, type RequestContext } from '@kari/kernel';
import { AUTHENTICATOR, type Authenticator, type Credentials } from './authenticator.port.js';

@Injectable()
export class Authentication {
  constructor(
    @Inject(AUTHENTICATOR) private readonly authenticator: Authenticator,
    @Inject(AUDIT) private readonly audit: Audit,
  ) {}

  /** Throws `Rejection`; never falls back to anyone. */
  async authenticate(credentials: Credentials): Promise<RequestContext> {
    try {
      return await this.authenticator.authenticate(credentials);
    } catch (error) {
      if (error instanceof Rejection) await this.recordRefusal(error, credentials);
      throw error;
    }
  }

  /** The same question asked again for a connection that stays open; leaves no entry when the answer is no: what it then tries does. */
  async confirm(credentials: Credentials): Promise<RequestContext> {
    return this.authenticator.authenticate(credentials);
  }

  private async recordRefusal(refusal: Rejection, credentials: Credentials): Promise<void> {
    await this.audit.record({
      tenant: PLATFORM_TENANT,
      actor: 'anonymous',
      actorKind: 'user',
      operation: 'request.authenticate',
      outcome: 'denied',
      subject: null,
      code: refusal.code,
      correlationId: credentials.correlationId,
      ...(credentials.traceparent === undefined ? {} : { traceparent: credentials.traceparent }),
    });
  }
}
