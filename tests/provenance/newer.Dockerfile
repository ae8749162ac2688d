FROM scratch AS tools
COPY t /t

FROM tools AS build
ARG WHO=nobody
COPY src \
     /src
# Between two steps
RUN ["/t", "append", "/out", \
     # within one
     "built"]

FROM basis:1
COPY --link --from=build /out /app/out
SHELL ["/t", "append", "/app/script"]
RUN <<EOT
first
# not a comment
second
EOT
COPY --chmod=0640 <<-"A" <<B /app/
	one
	A
two
B
WORKDIR /srv
COPY --link conf /conf
CMD ["/t"]
