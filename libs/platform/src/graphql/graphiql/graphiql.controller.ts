// `/graphiql`: the explorer, from this server alone. A page without any secret: what it may ask is what the token typed into it may ask.
import { Controller, Get, Inject, Param, Res } from '@nestjs/common';
import { rejected } from '@kari/kernel';
import type { Response } from 'express';
import { GRAPHQL_SETTINGS, type GraphqlSettings } from '../graphql-settings.js';
import { bundleGraphiql, page, type Asset } from './graphiql-assets.js';

// The editor sets style attributes; everything else comes from here, and nothing else is spoken to.
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

@Controller('graphiql')
export class GraphiqlController {
  private assets: Promise<ReadonlyMap<string, Asset> | null> | null = null;

  constructor(@Inject(GRAPHQL_SETTINGS) private readonly settings: GraphqlSettings) {}

  @Get()
  async open(@Res() response: Response): Promise<void> {
    await this.bundled();
    response.setHeader('Content-Security-Policy', POLICY);
    response.type('html').send(page);
  }

  @Get(':name')
  async asset(@Param('name') name: string, @Res() response: Response): Promise<void> {
    const asset = (await this.bundled()).get(name);
    if (asset === undefined) throw rejected('REQUEST_NOT_FOUND', { thing: 'file', id: name.slice(0, 100) });
    response.setHeader('Content-Type', asset.type);
    response.end(asset.body);
  }

  private async bundled(): Promise<ReadonlyMap<string, Asset>> {
    if (this.settings.graphiql) {
      this.assets ??= bundleGraphiql().catch((error: unknown) => {
        this.assets = null;
        throw error;
      });
      const assets = await this.assets;
      if (assets !== null) return assets;
    }
    throw rejected('REQUEST_NOT_FOUND', { thing: 'page', id: '/graphiql' });
  }
}
