import { unclipped, type ClipPolicy } from './policy.ts'

/** Gradients are used as they come. */
export const none: ClipPolicy<unknown> = {
  clip: (ops, _, input) => unclipped(ops, input),
}
