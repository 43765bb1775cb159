// The part of the worker's environment that training processes receive. They run code of others (libtensorflow, CUDA
// and their libraries), and every process of the same user can read their environment: variables that are not listed
// here are not passed on.

/** Names of variables, or with `*` their prefixes, by purpose. */
export const HANDED_THROUGH: Readonly<Record<string, readonly string[]>> = {
  'CUDA and its libraries': ['CUDA_*', 'CUDNN_*', 'CUBLAS_*', 'NCCL_*', 'NVIDIA_*'],
  'TensorFlow, XLA and their threads': ['TF_*', 'XLA_*', 'OMP_*', 'KMP_*', 'GOMP_*', 'ONEDNN_*', 'DNNL_*'],
  'where libtensorflow is kept, and for which processor': ['HOME', 'XDG_CACHE_HOME', 'UNROLL_KERNELS_MARCH'],
  'programs, shared libraries and temporary files': ['PATH', 'LD_LIBRARY_PATH', 'LD_PRELOAD', 'MALLOC_*', 'TMPDIR'],
  'locale and time zone': ['LANG', 'LANGUAGE', 'LC_*', 'TZ', 'TZDIR'],
  'the way to an object store: proxies and authorities': [
    ...['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'NO_PROXY'].flatMap((name) => [name, name.toLowerCase()]),
    'NODE_USE_ENV_PROXY',
    'NODE_EXTRA_CA_CERTS',
    'SSL_CERT_FILE',
    'SSL_CERT_DIR',
  ],
  OpenTelemetry: ['OTEL_*'],
}

/**
 * Names of secrets, such as NVIDIA_API_KEY and OTEL_EXPORTER_OTLP_HEADERS: they are excluded although their prefix is
 * listed.
 */
const SECRET = /(?:KEY|KEYS|SECRET|TOKEN|PASSWORD|PASSWD|CREDENTIALS?|HEADERS)$/i

/** The part of an environment for training processes. */
export function childEnvironment(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const listed = Object.values(HANDED_THROUGH).flat()
  const isListed = (name: string) =>
    listed.some((entry) => (entry.endsWith('*') ? name.startsWith(entry.slice(0, -1)) : name === entry))
  return Object.fromEntries(Object.entries(environment).filter(([name]) => isListed(name) && !SECRET.test(name)))
}
