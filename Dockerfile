# One image for every role. Build: docker build -t motcua .
FROM python:3.13-slim
WORKDIR /app
RUN useradd --system --create-home --home-dir /home/motcua motcua && mkdir /app/var && chown motcua /app/var
COPY requirements.lock ./
RUN pip install --no-cache-dir --require-hashes -r requirements.lock
COPY bot bot
COPY handlers handlers
COPY services services
COPY locales locales
COPY examples examples
USER motcua
ENV HOST=0.0.0.0 LOG_FORMAT=json
EXPOSE 8080
ENTRYPOINT ["python", "-m", "bot"]
CMD ["serve"]
