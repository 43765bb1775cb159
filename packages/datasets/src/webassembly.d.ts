// What is used of WebAssembly, which the types of Node leave to those of browsers.
declare namespace WebAssembly {
  interface Instance {
    readonly exports: Readonly<Record<string, unknown>>
  }
  const Module: new (bytes: Uint8Array) => object
  const Instance: new (module: object) => Instance
}
