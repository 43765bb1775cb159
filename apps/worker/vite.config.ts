import { defineConfig } from 'vite'

// What WebAssembly is loaded by looks for its binaries beside its own file; all of it shares one core.
const TFJS = ['@tensorflow/tfjs-core', '@tensorflow/tfjs-backend-cpu', '@tensorflow/tfjs-backend-wasm']

// The worker and its training child, each as one file and what they share: as separate modules, those that they use take a second
// to load. What reads files beside its own stays outside.
export default defineConfig({
  build: {
    ssr: true,
    outDir: 'dist/bundle',
    target: 'node20',
    minify: false,
    rolldownOptions: { input: { main: 'dist/main.js', child: 'dist/child.js' } },
  },
  ssr: { noExternal: true, external: ['@unroll/libtensorflow', ...TFJS] },
})
