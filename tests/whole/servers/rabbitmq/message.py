import pika

connection = pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1"))
channel = connection.channel()
channel.queue_declare("letters", durable=True)
channel.queue_purge("letters")
for body in (b"first", b"second"):
    channel.basic_publish("", "letters", body, pika.BasicProperties(delivery_mode=2))
    connection.process_data_events(0.1)
assert channel.basic_get("letters", auto_ack=True)[2] == b"first"
connection.close()
