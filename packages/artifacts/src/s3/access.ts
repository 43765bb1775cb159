/** The keys and the location of an S3 service. */
export interface S3Access {
  accessKeyId: string
  secretAccessKey: string
  /** The session token of temporary keys. */
  sessionToken?: string
  /** @default 'us-east-1' */
  region?: string
  /** Address of an S3-compatible service, such as `https://minio.example.org`. @default that of AWS in the region */
  endpoint?: string
  /** Whether the path names the bucket instead of the host. @default true with an `endpoint`, false without */
  pathStyle?: boolean
}

const DEFAULT_REGION = 'us-east-1'

export function chooseRegion({ region = DEFAULT_REGION }: S3Access): string {
  return region
}

/**
 * The address of a bucket, without a slash at its end.
 *
 * @throws {RangeError} when the endpoint is no address
 */
export function bucketUrl(bucket: string, access: S3Access): string {
  const { endpoint = `https://s3.${chooseRegion(access)}.amazonaws.com`, pathStyle = access.endpoint !== undefined } =
    access
  if (!/^https?:\/\//.test(endpoint) || !URL.canParse(endpoint))
    throw new RangeError(
      `Cannot reach an S3 service as its endpoint must be an http or https address: current value is "${endpoint}"`,
    )
  const url = new URL(endpoint)
  const path = url.pathname.replace(/\/+$/, '')
  return pathStyle ? `${url.origin}${path}/${bucket}` : `${url.protocol}//${bucket}.${url.host}${path}`
}
