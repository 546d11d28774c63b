// Numbers both ends of the pipe hold each other to. The host enforces them; the runner only stays inside them.

export const frameLimits = {
  /** Bytes of one frame without its newline; beyond it the pipe is ended. */
  bytes: 1024 * 1024,
  /** What well-behaved frames stay below; larger bodies travel as streams. */
  targetBytes: 256 * 1024,
  /** Arrays and objects inside each other. */
  nesting: 64,
  /** Unanswered calls in each direction. */
  inFlight: 32,
  /** Answers to calls that are not open: as many end the process. */
  strayAnswers: 10,
  /** Calls a second of an extension, on average and at once. */
  callsPerSecond: 200,
  burst: 400,
} as const;

export const streamLimits = {
  /** Bytes of one chunk before base64. */
  chunkBytes: 64 * 1024,
  /** Credit a reader has out at once: four chunks. */
  windowBytes: 256 * 1024,
  /** Streams open in each direction. */
  open: 32,
} as const;

/** Version of this protocol; `load` refuses any other. */
export const protocolVersion = 1;
