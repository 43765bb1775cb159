import { defineConfig } from 'vite'

// The engines that compute; the API proves exports with the oracle alone, which is bundled.
const TFJS = ['@tensorflow/tfjs-core', '@tensorflow/tfjs-backend-cpu', '@tensorflow/tfjs-backend-wasm']

// The API as one file, the threads that read data sets and export checkpoints as one each beside it, and what they share: as
// separate modules, those that they use take more than a second to load. What reads files beside its own stays outside.
export default defineConfig({
  build: {
    ssr: true,
    outDir: 'dist/bundle',
    target: 'node20',
    minify: false,
    rolldownOptions: {
      input: {
        main: 'dist/main.js',
        ingest_thread: '../../packages/datasets/dist/ingest_thread.js',
        files_thread: '../../packages/exports/dist/files_thread.js',
      },
    },
  },
  ssr: { noExternal: true, external: ['@fastify/swagger-ui', '@bull-board/ui', '@unroll/libtensorflow', ...TFJS] },
})
