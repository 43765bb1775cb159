import { step } from './step.mjs'

/** Engines that train on libtensorflow where it can be had. */
const WANTS_LIBTENSORFLOW = ['auto', 'tensorflow']

/**
 * Provides what an engine needs of this machine. The TypeScript must have been compiled.
 * @param {string} engine as UNROLL_ENGINE names it
 * @throws {Error} when it is "tensorflow", and libtensorflow cannot be had
 */
export async function provideEngine(engine) {
  if (!WANTS_LIBTENSORFLOW.includes(engine)) return
  const folder = await provideLibtensorflow()
  if (folder === undefined && engine === 'tensorflow')
    throw new Error('Cannot start as UNROLL_ENGINE is "tensorflow" and libtensorflow cannot be provided: see above')
}

/**
 * Finds libtensorflow, or fetches and builds it; where it cannot be had, says so.
 * @returns {Promise<string | undefined>} the folder it lies in
 */
export async function provideLibtensorflow() {
  const { findLibrary, provideLibrary } = await import('../../packages/libtensorflow/dist/index.js')
  try {
    return await step({
      name: 'libtensorflow',
      doing: 'providing the native engine',
      done: findLibrary,
      work: () => provideLibrary((doing) => console.log(`  … libtensorflow: ${doing}`)),
    })
  } catch (error) {
    console.log(`  ! libtensorflow: ${error.message}. Without it training runs on WebAssembly, several times slower`)
    return undefined
  }
}
