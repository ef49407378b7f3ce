export * from '@langchain/openai'
