/**
 * @typedef {{ 'bom-ref': string, type: string, name: string, version: string, purl: string, licenses?: object[] }} Component
 * @typedef {object} Sbom a bill of materials in CycloneDX 1.5
 * @property {string} bomFormat
 * @property {string} specVersion
 * @property {{ component: Component }} metadata
 * @property {Component[]} components
 * @property {{ ref: string, dependsOn?: string[] }[]} dependencies
 *
 * @typedef {Record<string, { version?: string, dev?: boolean, link?: boolean, name?: string }>} Packages of a lock file, by folder
 */

const OURS = /^@unroll\//
/** The component that needs the wheels. */
const NATIVE = /^@unroll\/libtensorflow@/

/**
 * Keeps of a bill of materials what is shipped, gives each component of ours the name of its package, where npm takes that of its
 * folder, and adds what is no npm package. `npm sbom --omit dev` leaves out what both a development dependency and another one
 * need, such as ajv, so the lock file says what is shipped.
 * @param {Sbom} sbom of everything, as npm writes it
 * @param {Packages} packages
 * @param {string[]} wheels of Python, such as `tensorflow==2.21.0`
 * @returns {Sbom}
 */
export function selectShipped(sbom, packages, wheels) {
  const shipped = new Set([...listShipped(packages), sbom.metadata.component['bom-ref']])
  const isShipped = (/** @type {string} */ reference) => OURS.test(reference) || shipped.has(reference)
  const components = sbom.components.filter((component) => isShipped(component['bom-ref']))
  const native = wheels.map((wheel) => {
    const [name = '', version = ''] = wheel.split('==')
    const licenses = [{ license: { id: 'Apache-2.0' } }]
    return { 'bom-ref': wheel, type: 'library', name, version, purl: `pkg:pypi/${name}@${version}`, licenses }
  })
  return {
    ...sbom,
    metadata: { ...sbom.metadata, component: renameComponent(sbom.metadata.component) },
    components: [...components.map(renameComponent), ...native],
    dependencies: [
      ...sbom.dependencies
        .filter(({ ref }) => isShipped(ref))
        .map(({ ref, dependsOn = [] }) => ({
          ref,
          dependsOn: [...dependsOn.filter(isShipped), ...(NATIVE.test(ref) ? wheels : [])],
        })),
      ...wheels.map((ref) => ({ ref })),
    ],
  }
}

/**
 * Holds a bill of materials against CycloneDX and against the lock file.
 * @param {Sbom} sbom
 * @param {Packages} packages
 * @returns {string[]} one sentence for each fault
 */
export function findSbomFaults({ bomFormat, specVersion, metadata, components, dependencies }, packages) {
  const references = [metadata.component, ...components].map((component) => component['bom-ref'])
  const known = new Set(references)
  const shipped = listShipped(packages)
  return [
    ...(bomFormat === 'CycloneDX' && specVersion === '1.5' ? [] : [`The format is ${bomFormat} ${specVersion}`]),
    ...(shipped.length > 0 ? [] : ['The lock file has no package that is shipped']),
    ...(known.size === references.length ? [] : ['Two components have the same reference']),
    ...components.flatMap((component) =>
      ['type', 'name', 'version', 'purl', 'licenses']
        .filter((field) => !Object(component)[field]?.length)
        .map((field) => `${component['bom-ref']} has no ${field}`),
    ),
    ...dependencies
      .flatMap(({ ref, dependsOn = [] }) => [ref, ...dependsOn])
      .filter((reference) => !known.has(reference))
      .map((reference) => `${reference} is needed, and no component`),
    ...shipped.filter((name) => !known.has(name)).map((name) => `${name} is shipped, and no component`),
  ]
}

/** @param {Component} component */
function renameComponent(component) {
  const reference = component['bom-ref']
  return { ...component, name: reference.slice(0, reference.lastIndexOf('@')) }
}

/**
 * Those of others that are installed without development dependencies.
 * @param {Packages} packages
 * @returns {string[]} references, such as `@fastify/static@9.3.0`
 */
function listShipped(packages) {
  return Object.entries(packages)
    .filter(([folder, { dev, link }]) => folder.includes('node_modules/') && !dev && !link)
    .map(([folder, { name, version }]) => `${name ?? folder.split('node_modules/').at(-1)}@${version}`)
}
