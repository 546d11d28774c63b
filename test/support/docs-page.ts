// Runs the script of the page of HTTP APIs against the little of a browser that it uses: elements that hold text and children, and fetch.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

interface Fetched {
  readonly url: string;
}

class Element {
  readonly children: (Element | string)[] = [];
  readonly listeners = new Map<string, (event: unknown) => void>();
  value = '';
  className = '';

  constructor(readonly name: string) {}

  append(...parts: (Element | string)[]): void {
    this.children.push(...parts);
  }

  replaceChildren(...parts: (Element | string)[]): void {
    this.children.splice(0, this.children.length, ...parts);
  }

  addEventListener(type: string, listener: (event: unknown) => void): void {
    this.listeners.set(type, listener);
  }

  get textContent(): string {
    return this.children.map((child) => (typeof child === 'string' ? child : child.textContent)).join('');
  }

  set textContent(text: string) {
    this.replaceChildren(text);
  }

  all(): readonly Element[] {
    return [this, ...this.children.flatMap((child) => (typeof child === 'string' ? [] : child.all()))];
  }
}

export interface OpenedDocs {
  /** Addresses that were asked for. */
  readonly asked: readonly string[];
  text(): string;
  /** Presses a button of the operation with that path; answers what is shown there afterwards. */
  press(button: string, path: string): Promise<string>;
}

export async function openDocs(source: string, url: string, { token, tenant }: { token: string; tenant: string }): Promise<OpenedDocs> {
  const fields = new Map(['tenant', 'token', 'show', 'said', 'routes', 'who'].map((id) => [id, new Element(id)]));
  const asked: Fetched[] = [];
  let pending: Promise<unknown> = Promise.resolve();
  const asking = (path: string, init: RequestInit): Promise<Response> => {
    asked.push({ url: path });
    const answer = fetch(new URL(path, url), init);
    pending = answer;
    return answer;
  };
  const page = { getElementById: (id: string) => fields.get(id), createElement: (name: string) => new Element(name) };
  await run(source, page, asking);
  const settled = async (element: Element): Promise<void> => {
    do {
      await pending.catch(() => undefined);
      await new Promise((next) => setTimeout(next, 5));
    } while (element.textContent.includes('Asking ...'));
  };
  const field = (id: string): Element => fields.get(id) as Element;
  field('token').value = token;
  field('tenant').value = tenant;
  field('show').listeners.get('click')?.({});
  await settled(field('said'));
  return {
    get asked() {
      return asked.map((one) => one.url);
    },
    text: () => field('said').textContent + field('routes').textContent,
    press: async (button, path) => {
      const operation = field('routes')
        .all()
        .find(
          (element) => element.name === 'details' && element.all().some(({ name, textContent }) => name === 'code' && textContent === path),
        );
      operation
        ?.all()
        .find((element) => element.name === 'button' && element.textContent === button)
        ?.listeners.get('click')?.({});
      await settled(operation as Element);
      return operation?.textContent ?? '';
    },
  };
}

/** As a module of its own, with what it finds in a browser handed in. */
async function run(source: string, page: unknown, asking: unknown): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'kari-docs-'));
  try {
    const file = join(folder, 'docs.mjs');
    await writeFile(file, `export default (document, fetch) => {\n${source}\n};\n`);
    const { default: script } = (await import(pathToFileURL(file).href)) as { default: (document: unknown, fetch: unknown) => void };
    script(page, asking);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
