import { join } from 'node:path'

import { build } from 'vite'

/**
 * Bundles the installed client for browsers, as a user of it does.
 * @param {string} folder of the project
 * @returns {Promise<string>} the file to import
 */
export async function bundleClient(folder) {
  await build({
    root: folder,
    configFile: false,
    logLevel: 'error',
    build: {
      outDir: 'bundled',
      lib: { entry: join(folder, 'node_modules/@unroll/client/dist/index.js'), formats: ['es'], fileName: 'client' },
    },
  })
  return join(folder, 'bundled/client.js')
}
