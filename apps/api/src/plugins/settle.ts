import type { HookHandlerDoneFunction } from 'fastify'

/** Ends a hook with what some work throws, or with the error that it finds. Hooks that often have no work need no promise then. */
export async function settle(work: Promise<Error | void>, done: HookHandlerDoneFunction): Promise<void> {
  let fault: Error | undefined
  try {
    fault = (await work) ?? undefined
  } catch (error) {
    fault = error as Error
  }
  done(fault)
}
