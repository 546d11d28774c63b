# The production image: compilers and test tools stay out of the last stage.
FROM node:24-bookworm-slim AS build
WORKDIR /kari
COPY . .
RUN npm ci --no-audit --no-fund && npm run build

FROM node:24-bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends bubblewrap util-linux && rm -rf /var/lib/apt/lists/*
WORKDIR /kari
ENV NODE_ENV=production KARI_MODE=production KARI_HOST=0.0.0.0 KARI_DATA_DIR=/var/lib/kari
COPY --from=build /kari/package.json /kari/package-lock.json ./
COPY --from=build /kari/apps ./apps
COPY --from=build /kari/libs ./libs
COPY --from=build /kari/extensions ./extensions
RUN npm ci --omit=dev --no-audit --no-fund && npm cache clean --force
COPY --from=build /kari/dist ./dist
VOLUME /var/lib/kari
EXPOSE 4000
CMD ["node", "dist/apps/server/src/main.js"]
