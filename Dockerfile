# Viva in one image: `docker run -p 8080:8080 -p 40000:40000/udp -v viva:/var/lib/viva IMAGE`
# Three stages: the web client, the environment from the lock, and what runs.
FROM node:22-bookworm-slim AS web
WORKDIR /src/web_client
COPY web_client/package.json web_client/package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY web_client ./
RUN npm run build

FROM python:3.11-slim-bookworm AS environment
RUN pip install --no-cache-dir uv==0.13.9
WORKDIR /opt/viva
COPY pyproject.toml uv.lock README.md ./
RUN uv sync --frozen --no-dev --no-install-project --python python3.11
COPY server server
COPY realtime realtime
COPY scoring scoring
COPY ehr_bridge ehr_bridge
COPY loadtest loadtest
RUN uv sync --frozen --no-dev --python python3.11

FROM python:3.11-slim-bookworm
RUN useradd --create-home --uid 1000 viva && install -d -o viva /var/lib/viva
COPY --from=environment /opt/viva /opt/viva
COPY --from=web /src/web_client/dist /opt/viva/web_client/dist
ENV PATH=/opt/viva/.venv/bin:$PATH VIVA_DATA_DIR=/var/lib/viva VIVA_HOST=0.0.0.0 VIVA_PORT=8080
USER viva
WORKDIR /opt/viva
VOLUME /var/lib/viva
EXPOSE 8080/tcp
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8080/readyz', timeout=2)"]
STOPSIGNAL SIGTERM
CMD ["viva", "serve"]
