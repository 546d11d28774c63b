// Counts of one room, and the table they are kept in.
import { readFileSync, writeFileSync } from 'node:fs';

/** A change that makes the sources fail to load, or that says itself it shall not be counted, is not valid. */
export function figuresOf(mutants) {
  const of = (...statuses) => mutants.filter(({ status }) => statuses.includes(status)).length;
  const [detected, survived, uncovered] = [of('Killed', 'Timeout'), of('Survived'), of('NoCoverage')];
  const valid = detected + survived + uncovered;
  return { detected, survived, uncovered, valid, score: valid === 0 ? 0 : (100 * detected) / valid };
}

/** Replaces the room's row. */
export function writeFigures(file, room, { detected, survived, uncovered, valid, score }, commit) {
  const row = `| ${room} | ${score.toFixed(1)} % | ${valid} | ${detected} | ${survived} | ${uncovered} | ${commit} | ${new Date().toISOString().slice(0, 10)} |`;
  const text = readFileSync(file, 'utf8');
  const rows = new RegExp(`^\\| ${room} \\|.*$`, 'm');
  if (!rows.test(text)) throw new Error(`${file} has no row for ${room}`);
  writeFileSync(file, text.replace(rows, row));
}
