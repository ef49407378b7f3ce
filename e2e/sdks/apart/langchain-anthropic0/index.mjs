export * from '@langchain/anthropic'
