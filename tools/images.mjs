// `npm run test:images [-- api worker worker-cuda]`: replays deploy/Dockerfile for each image, by Buildah, on a bare Debian that
// debootstrap makes and this Node; then starts API and worker, each in the root of its image and as its user, with a Redis of
// this machine, and trains a job. Needs root, but no container engine and no image registry. Takes minutes.

import { requireNode } from './provision/node.mjs'

requireNode()
const { provideDependencies } = await import('./provision/dependencies.mjs')
const { testImages } = await import('./images/run.mjs')
await provideDependencies()
process.exitCode = await testImages(process.argv.slice(2))
