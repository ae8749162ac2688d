FROM scratch
ENV APP=/srv
COPY t /t
COPY package.json /srv/package.json
RUN ["/t", "mkdir", "/srv/deps", "append", "/srv/deps/a", "dep"]
COPY src /srv/src
RUN ["/t", "append", "/srv/out", "built"]
LABEL a=b
WORKDIR /srv
CMD ["/t"]
