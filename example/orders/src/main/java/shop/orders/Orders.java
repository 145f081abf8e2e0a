package shop.orders;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicLong;

/** Takes orders and keeps them until they are paid and shipped. */
public final class Orders {
    private static final AtomicLong accepted = new AtomicLong();
    private static final AtomicLong refused = new AtomicLong();

    public static void main(String[] args) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(8080), 64);
        server.createContext("/health", exchange -> {
            byte[] body = "{\"status\":\"UP\"}".getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.createContext("/metrics", exchange -> {
            byte[] body = ("# TYPE orders_placed_total counter\n"
                    + "orders_placed_total{result=\"accepted\"} " + accepted.get() + "\n"
                    + "orders_placed_total{result=\"refused\"} " + refused.get() + "\n").getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
    }
}
