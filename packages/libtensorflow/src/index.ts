export { findLibrary, libraryFolder, loadLibrary, type Binding } from './library.ts'
export { compileProgram, vectorLanes } from './native.ts'
export { provideLibrary, type Progress } from './provide.ts'
export { hasNvidiaGpu, variantHere, VERSION, wheelPlatforms, type Variant } from './variant.ts'
