// Lifts an old event body to the next version. Pure; one golden file per past version proves it.
export interface Upcaster {
  readonly type: string;
  /** Lifts bodies of this version to version `from + 1`. */
  readonly from: number;
  upcast(data: unknown): unknown;
}
