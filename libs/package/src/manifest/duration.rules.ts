// Durations as a manifest writes them: ISO 8601.
const DURATION = /^P(?:([\d.]+)W)?(?:([\d.]+)Y)?(?:([\d.]+)M)?(?:([\d.]+)D)?(?:T(?:([\d.]+)H)?(?:([\d.]+)M)?(?:([\d.]+)S)?)?$/;
const UNITS_MS = [604_800_000, 31_536_000_000, 2_592_000_000, 86_400_000, 3_600_000, 60_000, 1_000];

/** Years and months count 365 and 30 days. 0 for what is no duration. */
export function durationMilliseconds(duration: string): number {
  const parts = DURATION.exec(duration);
  return parts === null ? 0 : UNITS_MS.reduce((sum, unit, index) => sum + unit * Number(parts[index + 1] ?? 0), 0);
}
