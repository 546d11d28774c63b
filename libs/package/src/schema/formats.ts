// The formats that schemas may name. Each check is linear in the text and bounded by its own longest sensible value.
import type { schemaFormats } from './schema-keywords.js';

type Format = (typeof schemaFormats)[number];

const MONTH_DAYS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

export const formats: Readonly<Record<Format, (text: string) => boolean>> = {
  date: bounded(10, isDate),
  time: bounded(40, isTime),
  'date-time': bounded(60, (text) => isDate(text.slice(0, 10)) && /^[tT ]$/.test(text.charAt(10)) && isTime(text.slice(11))),
  duration: bounded(64, (text) => /^P(?!$)(\d+W|(\d+Y)?(\d+M)?(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?)$/.test(text)),
  email: bounded(254, (text) => /^[^\s@"(),:;<>[\\\]]{1,64}@[^\s@]+$/.test(text) && isHostname(text.slice(text.lastIndexOf('@') + 1))),
  hostname: bounded(253, isHostname),
  ipv4: bounded(15, isIpv4),
  ipv6: bounded(45, isIpv6),
  uri: bounded(2_048, (text) => /^[a-z][a-z0-9+.-]*:[^\s<>"{}|\\^`]*$/i.test(text) && URL.canParse(text)),
  uuid: bounded(36, (text) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)),
  'json-pointer': bounded(2_048, (text) => /^(\/([^~/]|~[01])*)*$/.test(text)),
  cron: bounded(128, (text) => /^\S+( \S+){4,5}$/.test(text) && /^[\d*,/\-?LW#a-zA-Z ]+$/.test(text)),
  'time-zone': bounded(64, isTimeZone),
  'secret-handle': bounded(256, (text) => text.length > 0),
  'secret-ref': bounded(64, (text) => /^[a-z][a-z0-9_-]*$/.test(text)),
};

function bounded(longest: number, check: (text: string) => boolean): (text: string) => boolean {
  return (text) => text.length <= longest && check(text);
}

function isDate(text: string): boolean {
  const parts = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text);
  if (parts === null) return false;
  const [year, month, day] = [Number(parts[1]), Number(parts[2]), Number(parts[3])];
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return month >= 1 && month <= 12 && day >= 1 && day <= (month === 2 && !leap ? 28 : MONTH_DAYS[month - 1]!);
}

/** RFC 3339: a zone is required, a leap second allowed. */
function isTime(text: string): boolean {
  const parts = /^(\d\d):(\d\d):(\d\d)(\.\d{1,9})?(z|[+-](\d\d):(\d\d))$/i.exec(text);
  return (
    parts !== null &&
    Number(parts[1]) < 24 &&
    Number(parts[2]) < 60 &&
    Number(parts[3]) <= 60 &&
    Number(parts[6] ?? 0) < 24 &&
    Number(parts[7] ?? 0) < 60
  );
}

function isHostname(text: string): boolean {
  return text.length > 0 && text.split('.').every((label) => /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i.test(label));
}

function isIpv4(text: string): boolean {
  const parts = text.split('.');
  return parts.length === 4 && parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255);
}

function isIpv6(text: string): boolean {
  const embedded = text.lastIndexOf(':');
  const hasIpv4 = text.includes('.');
  if (hasIpv4 && !isIpv4(text.slice(embedded + 1))) return false;
  const plain = hasIpv4 ? `${text.slice(0, embedded)}:0:0` : text;
  const halves = plain.split('::');
  if (halves.length > 2) return false;
  const groups = halves.flatMap((half) => (half === '' ? [] : half.split(':')));
  if (!groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return false;
  return halves.length === 2 ? groups.length < 8 : groups.length === 8;
}

function isTimeZone(text: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: text });
    return true;
  } catch {
    return false;
  }
}
