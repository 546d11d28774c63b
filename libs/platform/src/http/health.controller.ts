// `/health/live`: the process answers. `/health/ready`: it can serve. Open to anyone and unaudited: nothing of a tenant shows here.
import { Controller, Get, Res } from '@nestjs/common';
import type { Response } from 'express';
import { Health } from './health.js';

@Controller('health')
export class HealthController {
  constructor(private readonly health: Health) {}

  @Get('live')
  live(): { status: 'up' } {
    return { status: 'up' };
  }

  @Get('ready')
  async ready(@Res() response: Response): Promise<void> {
    const { ok, checks } = await this.health.ready();
    response.status(ok ? 200 : 503).json({ status: ok ? 'ready' : 'not ready', checks });
  }
}
