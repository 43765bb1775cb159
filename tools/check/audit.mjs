/** @import { Finding } from './run.mjs' */

/**
 * @typedef {object} Accepted an advisory that changes nothing here
 * @property {string[]} folders of the packages that have it, below `node_modules`: elsewhere it is a fault
 * @property {string} reason
 *
 * @typedef {{ url: string, title: string, severity: string, name: string }} Advisory
 * @typedef {object} Report of `npm audit --json`; without `vulnerabilities` where the registry knows no advisories
 * @property {string} [message]
 * @property {Record<string, { nodes: string[], via: (string | Advisory)[] }>} [vulnerabilities] by name of the package
 * @property {{ dependencies: { total: number } }} [metadata]
 */

/** By the identifier at the end of their addresses. None is needed now. @type {Record<string, Accepted>} */
const ACCEPTED = {}

/**
 * Holds the advisories of a report against those that are accepted.
 * @param {Report} report
 * @param {Record<string, Accepted>} [accepted]
 * @returns {Finding | undefined} undefined where the registry has not answered
 */
export function judgeAudit({ vulnerabilities, metadata }, accepted = ACCEPTED) {
  if (vulnerabilities === undefined || metadata === undefined) return undefined
  const advisories = Object.values(vulnerabilities).flatMap(({ nodes, via }) =>
    via
      .filter((cause) => typeof cause !== 'string') // a string names a package below, which has its own entry
      .map((advisory) => ({ ...advisory, nodes, id: advisory.url.split('/').at(-1) ?? advisory.url })),
  )
  return {
    seen: metadata.dependencies.total,
    unit: `packages with ${advisories.length} advisories`,
    notes: advisories.flatMap(({ id, name }) => (id in accepted ? [`${id} of ${name}: ${accepted[id]?.reason}`] : [])),
    faults: [
      ...advisories.flatMap(({ id, name, severity, title, nodes }) =>
        nodes
          .filter((folder) => !accepted[id]?.folders.includes(folder))
          .map((folder) => `${folder} has the ${severity} advisory ${id} of ${name}: ${title}`),
      ),
      ...Object.keys(accepted)
        .filter((id) => !advisories.some((advisory) => advisory.id === id))
        .map((id) => `${id} is accepted, and no package has it`),
    ],
  }
}
