/**
 * Which tokens are under way at an instant, and how far each has come. Pure, so that it is tested without a page.
 *
 * A move is `[flow, from, to]`: the number of the arc, and the seconds at which a token enters and leaves it.
 */
export function underWay(moves, at, atMost = Infinity) {
  const found = [];
  for (const [flow, from, to] of moves) {
    if (from > at) break; // moves come in the order of their beginning
    if (to <= at && !(from === to && from === at)) continue;
    found.push({ flow, part: to > from ? (at - from) / (to - from) : 1 });
    if (found.length >= atMost) break;
  }
  return found;
}

/** The instant to show after some milliseconds of playing: a whole replay at speed 1 takes `LENGTH` seconds. */
export const LENGTH = 40;

export function advanced(at, milliseconds, { begin, end, speed }) {
  const rate = ((end - begin) / LENGTH) * speed;
  return Math.min(end, at + (milliseconds / 1000) * rate);
}
