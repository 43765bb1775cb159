import { existsSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'

import { listFiles, root } from '../repository.mjs'

/** @import { Finding } from './run.mjs' */

const DOCUMENTS = ['ARCHITECTURE.md', 'README.md']
const FENCED = /^```[\s\S]*?^```/gm
const IN_BACKTICKS = /`([^`\n]+)`/g
const IN_A_FOLDER = /^(?:apps|packages|test|tools|docs|examples|deploy|bench|\.ci)\/[\w./-]*$/
const FILE_NAME = /^[\w.-]+\.(?:ts|mjs|lua|md|json|ya?ml|py|html|css)$/

/**
 * The paths a document names in backticks: below a folder of the repository, or the bare name of a file.
 * @param {string} markdown
 * @returns {string[]}
 */
export function namedPaths(markdown) {
  const words = [...markdown.replace(FENCED, '').matchAll(IN_BACKTICKS)].map(([, word = '']) => word)
  return [...new Set(words.filter((word) => IN_A_FOLDER.test(word) || FILE_NAME.test(word)))]
}

/**
 * Checks that what the documents name exists.
 * @returns {Finding}
 */
export function checkPaths() {
  const fileNames = new Set(listFiles().map((path) => posix.basename(path)))
  const exists = (/** @type {string} */ path) => fileNames.has(path) || existsSync(join(root, path))
  const named = DOCUMENTS.filter((document) => existsSync(join(root, document))).map((document) => ({
    document,
    paths: namedPaths(readFileSync(join(root, document), 'utf8')),
  }))
  return {
    seen: named.reduce((sum, { paths }) => sum + paths.length, 0),
    unit: `paths named in ${DOCUMENTS.join(' and ')}`,
    faults: [
      ...DOCUMENTS.filter((document) => !existsSync(join(root, document))).map((document) => `${document} is missing`),
      ...named.flatMap(({ document, paths }) =>
        paths.filter((path) => !exists(path)).map((path) => `${document} names "${path}", which does not exist`),
      ),
    ],
  }
}
