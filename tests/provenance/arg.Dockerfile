FROM scratch
COPY t /t
ARG VERSION=1
RUN ["/t", "append", "/a", "1"]
ENV MODE=prod
RUN ["/t", "append", "/b", "1"]
ARG LATE=1
COPY src /src
RUN ["/t", "append", "/c", "1"]
