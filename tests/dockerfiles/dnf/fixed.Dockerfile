FROM base:bookworm AS dnf
RUN apt-get update \
    && apt-get install -y --no-install-recommends createrepo-c dnf rpm \
    && apt-get clean \
    && rm -rf /var/lib/apt/lists/* \
    && mkdir -p /etc/rpm /etc/yum.repos.d \
    && echo '%_dbpath /var/lib/rpm' > /etc/rpm/macros

FROM dnf AS repository
COPY hello.spec /src/
RUN rpmbuild -bb --define '_rpmdir /repository' /src/hello.spec && createrepo_c -q --no-database /repository

FROM dnf
COPY local.repo /etc/yum.repos.d/
COPY --from=repository /repository /srv/repository
RUN dnf install -y --releasever=1 hello-rpm && rm -rf /var/cache/dnf
CMD ["hello-rpm"]
