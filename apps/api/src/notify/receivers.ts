import { SECRET_REFERENCE, UnrollError, type Fault, type JobSpec, type Notify, type SweepSpec } from '@unroll/contract'
import type { Services } from '../types.ts'
import { AddressRefusedError, type ReceiverAddresses } from './addresses.ts'

export type Sealing = Pick<Services, 'store'> & { receiverAddresses: ReceiverAddresses }
type Receiver = Pick<Notify[number], 'url' | 'secret'>

const REFERENCE = new RegExp(SECRET_REFERENCE)

/**
 * Checks the receivers of a valid specification, and stores their secrets apart: in their place there are references.
 *
 * @param options.owner of the job
 * @param options.within pointer of the specification in the request
 * @default its root
 * @param options.isTrial stores nothing
 * @throws {UnrollError} INVALID_SPECIFICATION, STORE_UNAVAILABLE
 */
async function sealReceivers<One extends Receiver>(
  { store, receiverAddresses }: Sealing,
  receivers: readonly One[],
  { owner, within = '', isTrial = false }: { owner: string; within?: string; isTrial?: boolean },
): Promise<One[]> {
  const { secrets } = store.notifications
  const found = await Promise.all(
    receivers.map(async ({ url, secret }, place): Promise<(Fault | undefined)[]> => {
      const pointer = `${within}/notify/${place}`
      const isUnknown = REFERENCE.test(secret) && (await secrets.find(owner, secret)) === null
      return [
        await urlFault(receiverAddresses, url, `${pointer}/url`),
        isUnknown
          ? {
              pointer: `${pointer}/secret`,
              detail: 'Must be a secret, or stand for one: this reference stands for none',
            }
          : undefined,
      ]
    }),
  )
  const faults = found.flat().filter((fault) => fault !== undefined)
  if (faults.length > 0)
    throw new UnrollError('INVALID_SPECIFICATION', 'Cannot notify the receivers as specified', { faults })
  return await Promise.all(
    receivers.map(async (receiver) => {
      const { secret } = receiver
      if (REFERENCE.test(secret)) return receiver
      return { ...receiver, secret: isTrial ? secrets.refer(owner, secret) : await secrets.keep(owner, secret) }
    }),
  )
}

/** The same of a whole specification. */
export async function sealJob(
  services: Sealing,
  spec: JobSpec,
  options: { owner: string; isTrial?: boolean },
): Promise<JobSpec> {
  return { ...spec, notify: await sealReceivers(services, spec.notify, options) }
}

/** The same of the template of a sweep whose trials are valid. */
export async function sealTemplate(
  services: Sealing,
  spec: SweepSpec,
  options: { owner: string; isTrial: boolean },
): Promise<SweepSpec> {
  const { notify } = spec.template as { notify?: Receiver[] | null }
  if (!notify) return spec
  const sealed = await sealReceivers(services, notify, { ...options, within: '/template' })
  return { ...spec, template: { ...spec.template, notify: sealed } }
}

/** The fault of a URL that no notification may be sent to. A name without an address may get one later. */
async function urlFault(addresses: ReceiverAddresses, text: string, pointer: string): Promise<Fault | undefined> {
  const fault = (why: string) => ({ pointer, detail: `Must be the URL of a receiver: it ${why}`, value: text })
  if (!URL.canParse(text)) return fault('is not a URL')
  const url = new URL(text)
  if (url.username !== '' || url.password !== '') return fault('has a user or password, which every answer would show')
  try {
    await addresses.find(url)
    return undefined
  } catch (error) {
    if (error instanceof AddressRefusedError) return fault(error.message)
    throw error
  }
}
