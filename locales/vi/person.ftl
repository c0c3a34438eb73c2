# Nhắn với cán bộ ngay trong khung trò chuyện
person-here = Nhắn với cán bộ tại đây
person-closed-now = • Hiện ngoài giờ làm việc. Ông/Bà vẫn nhắn được, cán bộ sẽ trả lời khi làm việc lại.
talking-begin = Xin viết điều cần hỏi; tin nhắn và ảnh sẽ chuyển tới cán bộ.
    Chỉ cán bộ nhận việc đọc được. Khi xong, xin gõ "kết thúc".
talking-open = Ông/Bà đang nhắn với cán bộ. Khi xong, xin gõ "kết thúc".
talking-passed-on = Đã chuyển tới cán bộ. Ông/Bà có thể viết thêm; câu trả lời sẽ đến tại đây.
talking-passed-on-closed = Đã nhận. Hiện ngoài giờ làm việc, cán bộ sẽ trả lời tại đây khi làm việc lại.
talking-taken = Một cán bộ đã nhận và đang đọc tin của Ông/Bà.
talking-said = Cán bộ: { $text }
talking-photo = Ảnh cán bộ gửi
talking-photo-sent = Cán bộ đã gửi một ảnh.
talking-answer = Trả lời cán bộ
talking-answer-words = Để trả lời, xin gõ "gặp cán bộ".
talking-ended = Đã kết thúc trò chuyện với cán bộ.
talking-closed = Cán bộ đã kết thúc trò chuyện. Cần hỏi thêm, xin gõ "gặp cán bộ".
talking-closed-time = Cuộc trò chuyện đã tự đóng vì lâu không có tin mới. Cần hỏi thêm, xin gõ "gặp cán bộ".
refused-talk-closed = Cuộc trò chuyện này đã kết thúc. Xin gõ "gặp cán bộ" để bắt đầu lại.
refused-talk-empty = Tin nhắn trống. Xin viết điều cần hỏi hoặc gửi một ảnh.
refused-talk-files = Mỗi cuộc trò chuyện nhận tối đa { $most } ảnh. Xin viết bằng lời phần còn lại.
refused-talk-taken = Một cán bộ khác đang trò chuyện với người này. Xem việc khác: gõ "việc" trong khung trò chuyện riêng.
refused-office-unknown = Chưa có thông tin cơ quan ở đây. Xin đến bộ phận một cửa gần nhất.

# Trang trò chuyện của cán bộ
talk-page-title = Trò chuyện với người dân
talk-page-door = Mở cuộc trò chuyện
talk-page-door-more = Đường dẫn này chỉ mở được một lần, cho cán bộ đã nhận việc.
talk-page-open = Mở
talk-page-gone = Đường dẫn không còn dùng được
talk-page-gone-more = Xin lấy đường dẫn mới: gõ "việc" trong khung trò chuyện riêng.
talk-page-citizen = Người dân
talk-page-officer = Cán bộ
talk-page-write = Viết trả lời
talk-page-send = Gửi
talk-page-photo = Gửi ảnh
talk-page-close = Kết thúc trò chuyện
talk-page-closed = Cuộc trò chuyện đã kết thúc.
talk-page-canned = Câu trả lời có sẵn
talk-page-picture = Ảnh
talk-page-empty = Chưa có tin nhắn.
