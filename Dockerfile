# What the image holds is Node, the compiled program and what it imports. Nothing in it needs a shell, writes to its own
# file system or runs as root. `npm run image` carries out these steps in an empty folder, without a container runtime,
# and prints what it comes to.
#
# A release names its base by digest: `node scripts/release/pin-base.ts --digest sha256:…` writes it here.
ARG NODE_IMAGE=node:26.10.0-slim
# A smaller base for the last stage will do when it has `node` on its PATH; it needs nothing else.
ARG RUNTIME_IMAGE=${NODE_IMAGE}

FROM ${NODE_IMAGE} AS build
WORKDIR /src
COPY package.json package-lock.json tsconfig.json tsconfig.build.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY src ./src
RUN npm run build && rm -rf dist/sandbox
RUN npm prune --omit=dev --omit=optional --ignore-scripts
# Declarations and source maps of dependencies are never loaded; nor are programs for the runtime Bare.
RUN find node_modules -type f \( -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' -o -name '*.map' \) -delete
RUN rm -rf node_modules/bare-*/prebuilds

FROM ${RUNTIME_IMAGE}
WORKDIR /app
ENV NODE_ENV=production
COPY --from=build /src/package.json ./
COPY --from=build /src/node_modules ./node_modules
COPY --from=build /src/dist ./dist
COPY LICENSE ./
COPY manifests/crds ./manifests/crds
USER 65532:65532
EXPOSE 8443 8080
# Young objects live for one review: a small nursery is as fast, and saves 70 MB under load. `npm run sluice`
# has the same.
ENTRYPOINT ["node", "--max-semi-space-size=8", "dist/main.js"]
CMD ["serve"]
