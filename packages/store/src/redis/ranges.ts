// One sorted set holds many lists: members `<list>:<rest>`, all with the same score.

/** The range of all members of a list for ZRANGEBYLEX and ZLEXCOUNT: ';' follows ':'. */
export function listRange(list: string): [from: string, to: string] {
  return [`[${list}:`, `(${list};`]
}

/**
 * Milliseconds since 1970 in the form of members, with the digits of `lua/includes/job.lua`: enough for 30,000 years.
 */
export function timeText(ms: number): string {
  return String(ms).padStart(15, '0')
}
