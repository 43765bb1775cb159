import {
  DEFAULT_OWNER,
  MOST_VERSIONS,
  UnrollError,
  type ModelVersion,
  type Page,
  type RegisteredModel,
} from '@unroll/contract'
import { PAGE_LIMIT, makePage, type ListOptions } from './jobs/paging.ts'
import type { Context } from './redis/context.ts'
import { noSuchModel } from './redis/errors.ts'

/** A model, the number of its newest version, which may be deleted, and its owner, which records of before do not say. */
type ModelRecord = RegisteredModel & { newest: number; owner?: string }

export type Models = ReturnType<typeof models>

/** Records of registered models; the bytes of their versions are in the artifact store. */
export function models(context: Context) {
  return {
    /**
     * Adds a version to a model, which is created with its first one.
     *
     * @throws {UnrollError} MODEL_NAME_TAKEN, MODEL_FULL, STORE_UNAVAILABLE
     */
    async register(
      name: string,
      { aliases, ...version }: Omit<ModelVersion, 'version'> & { aliases: readonly string[] },
      owner: string = DEFAULT_OWNER,
    ): Promise<RegisteredModel> {
      return await change(context, name, (before) => {
        const { created_at } = version
        if (before !== undefined && readOwner(before) !== owner)
          throw new UnrollError('MODEL_NAME_TAKEN', `Cannot register model "${name}": it must have another name`)
        const model = before ?? { object: 'model', name, created_at, aliases: {}, versions: [], newest: 0, owner }
        return withVersion(model, version, aliases)
      })
    },
    /** @throws {UnrollError} MODEL_NOT_FOUND, STORE_UNAVAILABLE */
    async get(name: string): Promise<RegisteredModel> {
      return shown(parsed(await read(context, name)) ?? refuse(name))
    },
    /** By name. */
    async list({ after = '', limit = PAGE_LIMIT, owner }: ListOptions = {}): Promise<Page<RegisteredModel>> {
      const records = await context.db.command((redis) => redis.hvals(context.keys.models))
      const wanted = records
        .flatMap((json) => parsed(json) ?? [])
        .filter((model) => model.name > after && (owner === undefined || readOwner(model) === owner))
        .toSorted((a, b) => (a.name < b.name ? -1 : 1))
      return makePage(wanted.slice(0, limit + 1).map(shown), limit, ({ name }) => name)
    },
    /**
     * Sets aliases to versions, or removes them with null.
     *
     * @throws {UnrollError} MODEL_NOT_FOUND when there is no such model or version, STORE_UNAVAILABLE
     */
    async setAliases(name: string, aliases: Readonly<Record<string, number | null>>): Promise<RegisteredModel> {
      return await change(context, name, (before = refuse(name)) => {
        for (const version of Object.values(aliases)) if (version !== null) findVersion(before, version)
        const all = Object.entries({ ...before.aliases, ...aliases })
        return {
          ...before,
          aliases: Object.fromEntries(all.filter((each): each is [string, number] => each[1] !== null)),
        }
      })
    },
    /**
     * Deletes a version with its aliases, and the model with its last version; without a version all of it.
     *
     * @returns the deleted versions, whose bytes nothing references any more
     * @throws {UnrollError} MODEL_NOT_FOUND, STORE_UNAVAILABLE
     */
    async delete(name: string, version?: number): Promise<readonly ModelVersion[]> {
      let deleted: readonly ModelVersion[] = []
      await change(context, name, (before = refuse(name)) => {
        deleted = version === undefined ? before.versions : [findVersion(before, version)]
        const versions = before.versions.filter((each) => !deleted.includes(each))
        if (versions.length === 0) return undefined
        const aliases = Object.entries(before.aliases).filter(([, of]) => of !== version)
        return { ...before, versions, aliases: Object.fromEntries(aliases) }
      })
      return deleted
    },
    /** Whether a version of any model has an id. */
    async has(id: string): Promise<boolean> {
      const all = await context.db.command((redis) => redis.hvals(context.keys.models))
      return all.some((json) => parsed(json)?.versions.some((version) => version.id === id))
    },
  }
}

/** @throws {UnrollError} MODEL_FULL */
function withVersion(
  model: ModelRecord,
  version: Omit<ModelVersion, 'version'>,
  aliases: readonly string[],
): ModelRecord {
  if (model.versions.length >= MOST_VERSIONS)
    throw new UnrollError('MODEL_FULL', `Cannot register a version of model "${model.name}": it has ${MOST_VERSIONS}`)
  const newest = model.newest + 1
  return {
    ...model,
    newest,
    aliases: { ...model.aliases, ...Object.fromEntries(aliases.map((alias) => [alias, newest])) },
    versions: [{ ...version, version: newest }, ...model.versions],
  }
}

async function read({ db, keys }: Context, name: string): Promise<string | null> {
  return await db.command((redis) => redis.hget(keys.models, name))
}

/** Replaces a record by what `next` makes of it, again where another change came first; undefined deletes it. */
async function change(
  context: Context,
  name: string,
  next: (before: ModelRecord | undefined) => ModelRecord | undefined,
): Promise<RegisteredModel> {
  for (;;) {
    const json = await read(context, name)
    const before = parsed(json)
    const after = next(before)
    const args = [name, json ?? '', after === undefined ? '' : JSON.stringify(after)]
    const isDone = (await context.db.script<0 | 1>('replace_field', [context.keys.models], args)) === 1
    if (isDone) return shown(after ?? before ?? refuse(name))
  }
}

function parsed(json: string | null | undefined): ModelRecord | undefined {
  return typeof json === 'string' ? (JSON.parse(json) as ModelRecord) : undefined
}

function shown(record: ModelRecord): RegisteredModel {
  const { newest: _, owner: __, ...model } = record
  return model
}

function readOwner({ owner = DEFAULT_OWNER }: ModelRecord): string {
  return owner
}

/** @throws {UnrollError} MODEL_NOT_FOUND */
function findVersion({ name, versions }: RegisteredModel, wanted: number): ModelVersion {
  const found = versions.find(({ version }) => version === wanted)
  if (found === undefined) throw new UnrollError('MODEL_NOT_FOUND', `Cannot find version ${wanted} of model "${name}"`)
  return found
}

function refuse(name: string): never {
  throw noSuchModel(name)
}
