import { PROVIDERS } from '../src/providers/registry.ts'
import { describeSockets } from './describe-socket.ts'

for (const provider of PROVIDERS) describeSockets(provider)
