import { step } from './step.mjs'

/**
 * Finds libtensorflow, or fetches and builds it; where it cannot be had, says so, and training goes on without it.
 * The TypeScript must have been compiled.
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
    console.log(`  ! libtensorflow: ${error.message}. Training runs on WASM instead`)
    return undefined
  }
}
