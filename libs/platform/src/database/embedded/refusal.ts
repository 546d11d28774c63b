// Why the embedded database cannot serve, as one line an operator can act on.

export type EmbeddedRefusalKind = 'unsupported' | 'permission' | 'in-use' | 'version' | 'damaged' | 'space' | 'failed';

export class EmbeddedDatabaseRefused extends Error {
  constructor(
    readonly kind: EmbeddedRefusalKind,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'EmbeddedDatabaseRefused';
  }
}

/** Runs a step that touches the disk; a refusal of the system becomes the clear line instead of an errno. */
export function onDisk<T>(step: () => T): T {
  try {
    return step();
  } catch (error) {
    throw fromSystem(error);
  }
}

function fromSystem(error: unknown): unknown {
  const { code, path } = error as NodeJS.ErrnoException;
  const place = path ?? 'its folder';
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
    const message = `The embedded database may not write ${place}: give this user the right, or choose another folder with KARI_DATA_DIR.`;
    return new EmbeddedDatabaseRefused('permission', message, { cause: error });
  }
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    const message = `The embedded database finds no room at ${place}: free some space, or choose another folder with KARI_DATA_DIR.`;
    return new EmbeddedDatabaseRefused('space', message, { cause: error });
  }
  if (code === 'ENOTDIR' || code === 'EEXIST') {
    const message = `The embedded database needs a folder at ${place}, where a file stands: move the file away, or choose another KARI_DATA_DIR.`;
    return new EmbeddedDatabaseRefused('permission', message, { cause: error });
  }
  return error;
}
