/** The meaning of the exit codes of `unroll`, also shown in its help. */
export const EXIT = {
  ok: { code: 0, means: 'done' },
  fault: { code: 1, means: 'a fault of this program or machine' },
  usage: { code: 2, means: 'the command line cannot be understood' },
  refused: { code: 3, means: 'the service refused the request' },
  unreachable: { code: 4, means: 'the service is out of reach or at fault' },
  failed: { code: 5, means: 'the job that was watched did not succeed' },
  interrupted: { code: 130, means: 'stopped by Ctrl-C' },
} as const

export type Exit = keyof typeof EXIT
