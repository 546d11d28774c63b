import { describe, expect, it } from '@jest/globals';
import { amongOthers, looked, standing } from './standing.rules.js';

describe('the standing of a sandbox', () => {
  it('is that of the others while it leaves something of its share', () => {
    expect(looked(amongOthers, 0).last).toBe(false);
  });

  it('is last from the first look at which it had used it up', () => {
    expect(looked(amongOthers, 1)).toEqual({ heldBack: 1, rested: 0, last: true });
  });

  it('stays last until it has rested, and begins again with each time', () => {
    let now = looked(amongOthers, 3);
    for (let look = 1; look < standing.restLooks; look += 1) now = looked(now, 3);
    expect(now.last).toBe(true);
    expect(looked(looked(now, 4), 4)).toMatchObject({ last: true, rested: 1 });
    expect(looked(now, 3).last).toBe(false);
  });
});
