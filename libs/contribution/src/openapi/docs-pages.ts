// `/ext/docs`: the page on which people browse what extensions answer. A page without any secret: what it shows is what the token typed into
// it may see.
import { Controller, Get, Param, Res } from '@nestjs/common';
import { rejected } from '@kari/kernel';
import type { Response } from 'express';
import { docsPage, docsScript, docsStyle } from './docs-page.js';

const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const FILES: Readonly<Record<string, { readonly type: string; readonly body: string }>> = {
  'docs.js': { type: 'text/javascript; charset=utf-8', body: docsScript },
  'docs.css': { type: 'text/css; charset=utf-8', body: docsStyle },
};

@Controller('ext/docs')
export class DocsPages {
  @Get()
  open(@Res() response: Response): void {
    response.setHeader('Content-Security-Policy', POLICY);
    response.type('html').send(docsPage);
  }

  @Get(':name')
  file(@Param('name') name: string, @Res() response: Response): void {
    const file = Object.hasOwn(FILES, name) ? FILES[name] : undefined;
    if (file === undefined) throw rejected('REQUEST_NOT_FOUND', { thing: 'file', id: name.slice(0, 100) });
    response.setHeader('Content-Type', file.type);
    response.end(file.body);
  }
}
