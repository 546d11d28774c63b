// Tokens of this context's own parts; other contexts use those of contract.ts.
export const ISOLATION = Symbol('Isolation');
export const LEVEL_POLICY = Symbol('LevelPolicy');
