// A sorted set of ours holds many lists: members `<list>:<rest>`, all with the same score.

/** All members of a list, as ZRANGEBYLEX and ZLEXCOUNT take it: ';' is what follows ':'. */
export function rangeOf(list: string): [from: string, to: string] {
  return [`[${list}:`, `(${list};`]
}

/** Milliseconds since 1970 as members have them, in the digits of `lua/includes/job.lua`: enough for 30,000 years. */
export function timeText(ms: number): string {
  return String(ms).padStart(15, '0')
}
