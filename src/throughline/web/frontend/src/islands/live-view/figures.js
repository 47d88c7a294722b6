import { gettext } from "../../i18n.js";

/** How busy a step is beside the busiest: 0 (nobody) to 3. */
export function heat(count, busiest) {
  if (!count) return 0;
  return Math.min(3, 1 + Math.floor((3 * (count - 1)) / busiest));
}

const UNITS = [
  [86_400, "{n} d"],
  [3600, "{n} h"],
  [60, "{n} min"],
];

/** A length in its largest whole unit: "4 d". */
export function shortLength(seconds) {
  const unit = UNITS.find(([size]) => seconds >= size);
  return unit ? gettext(unit[1], { n: Math.floor(seconds / unit[0]) }) : gettext("now");
}

/** The id of the step where most is to be done: incidents before overdue cases before many; undefined without any. */
export function pressing(steps) {
  const weight = ([, { incidents, overdue, count }]) => [incidents, overdue, count];
  const heavier = (one, other) => {
    const place = weight(one).findIndex((figure, index) => figure !== weight(other)[index]);
    return place >= 0 && weight(one)[place] > weight(other)[place];
  };
  const first = steps.reduce((most, each) => (most && !heavier(each, most) ? most : each), null);
  return first?.[0];
}
