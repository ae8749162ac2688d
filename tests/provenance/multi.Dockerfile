FROM scratch AS base
COPY t /t
FROM base AS build
COPY src /src
RUN ["/t", "append", "/out", "x"]
FROM base AS gen
COPY gen /gen
RUN ["/t", "append", "/gen/list", "y"]
FROM basis:1
COPY --link conf /conf
COPY --from=build /out /app/out
COPY --link --from=gen /gen /app/gen
RUN ["/t", "append", "/app/done", "z"]
COPY --link conf/late /late
